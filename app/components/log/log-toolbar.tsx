'use client'

import { Button } from '../ui/button.tsx'
import { inputClass } from '../ui/field.tsx'
import { DownloadIcon, PauseIcon, PlayIcon, WrapIcon } from '../ui/icons.tsx'
import { shortId } from './log-view.tsx'

type ToolbarProps = {
  text: string
  onText: (text: string) => void
  instances: readonly string[]
  instance: string
  onInstance: (instance: string) => void
  wrap: boolean
  onWrap: () => void
  paused: boolean
  /** Lines that came since the pause. */
  behind: number
  onPause: () => void
  onDownload: () => void
}

export function LogToolbar(props: ToolbarProps) {
  const { text, onText, instances, instance, onInstance, wrap, onWrap, paused, behind, onPause, onDownload } = props
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2">
      <input
        type="search"
        value={text}
        onChange={(event) => onText(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && onText('')}
        placeholder="Filter lines ( / )"
        aria-label="Filter lines"
        className={`h-8 min-w-40 flex-1 basis-40 text-[13px] ${inputClass}`}
      />
      {instances.length > 1 && (
        <select
          value={instance}
          onChange={(event) => onInstance(event.target.value)}
          aria-label="Instance"
          className="h-8 rounded-md border border-line-strong bg-panel px-2 text-[13px]"
        >
          <option value="">All instances</option>
          {instances.map((id) => (
            <option key={id} value={id}>
              {shortId(id)}
            </option>
          ))}
        </select>
      )}
      <Button onClick={onPause} aria-pressed={paused}>
        {paused ? <PlayIcon className="size-3.5" /> : <PauseIcon className="size-3.5" />}
        {paused ? `Resume${behind > 0 ? ` (${behind} new)` : ''}` : 'Pause'}
      </Button>
      <Button onClick={onWrap} aria-pressed={wrap}>
        <WrapIcon className="size-3.5" /> Wrap
      </Button>
      <Button onClick={onDownload}>
        <DownloadIcon className="size-3.5" /> Download
      </Button>
    </div>
  )
}
