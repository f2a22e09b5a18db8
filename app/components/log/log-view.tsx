'use client'

import { memo, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { Block, ShownLine } from '../../lib/log-buffer.ts'
import { Clock } from '../ui/time.tsx'

type LogViewProps = {
  label: string
  blocks: readonly Block[]
  wrap: boolean
  /** How each line is marked as coming from an instance. */
  showInstance?: boolean
  /** What stands there while there are no lines. */
  empty: string
  className?: string
}

/** Lines of output in a box that stays at its end until one scrolls up. */
export function LogView({ label, blocks, wrap, showInstance = false, empty, className = 'h-[60vh]' }: LogViewProps) {
  const box = useRef<HTMLDivElement>(null)
  const [following, setFollowing] = useState(true)
  const toEnd = () => box.current?.scrollTo({ top: box.current.scrollHeight })

  useLayoutEffect(() => {
    if (following) toEnd()
  }, [blocks, wrap, following])

  useEffect(() => {
    const observer = new ResizeObserver(() => following && toEnd())
    if (box.current) observer.observe(box.current)
    return () => observer.disconnect()
  }, [following])

  const onScroll = () => {
    const { scrollHeight = 0, scrollTop = 0, clientHeight = 0 } = box.current ?? {}
    setFollowing(scrollHeight - scrollTop - clientHeight < 24)
  }
  return (
    <div className="relative">
      <div
        ref={box}
        role="log"
        aria-label={label}
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys.
        tabIndex={0}
        onScroll={onScroll}
        className={`overflow-auto overscroll-contain rounded-lg border border-term-line bg-term py-2 font-mono text-[12px] leading-[1.35rem] text-term-ink ${className}`}
      >
        {blocks.length === 0 && <p className="px-3 text-term-muted">{empty}</p>}
        {blocks.map((block) => (
          <Lines key={block.id} block={block} wrap={wrap} showInstance={showInstance} />
        ))}
      </div>
      {!following && (
        <button
          type="button"
          onClick={() => setFollowing(true)}
          className="absolute right-4 bottom-3 rounded-full border border-[#3a3d44] bg-[#26282d] px-3 py-1 text-xs font-medium text-term-ink hover:bg-[#3a3d44]"
        >
          Jump to the end
        </button>
      )}
    </div>
  )
}

type LinesProps = { block: Block; wrap: boolean; showInstance: boolean }

/** A full block is laid out only while it is near the part that is looked at. */
const Lines = memo(function Lines({ block, wrap, showInstance }: LinesProps) {
  return (
    <div className={block.lines.length >= 200 ? 'log-block' : ''}>
      {block.lines.map((line) => (
        <Line key={line.cursor} line={line} wrap={wrap} showInstance={showInstance} />
      ))}
    </div>
  )
})

function Line({ line, wrap, showInstance }: { line: ShownLine; wrap: boolean; showInstance: boolean }) {
  return (
    <div className={`flex px-3 hover:bg-[#ffffff0d] ${wrap ? '' : 'w-max min-w-full'}`}>
      <span className="mr-3 shrink-0 text-term-muted select-none max-sm:hidden">
        <Clock at={line.time} />
      </span>
      {showInstance && line.instance && (
        <span className="mr-3 w-14 shrink-0 truncate text-term-muted select-none" title={line.instance}>
          {shortId(line.instance)}
        </span>
      )}
      <span className={wrap ? 'min-w-0 break-all whitespace-pre-wrap' : 'whitespace-pre'}>
        {line.spans.map(({ text, className }, at) => (
          <span key={at} className={className || undefined}>
            {text}
          </span>
        ))}
        {line.spans.length === 0 && ' '}
      </span>
    </div>
  )
}

/** Ids differ at their end; their beginnings are alike when they were made together. */
export const shortId = (id: string): string => id.slice(-6)
