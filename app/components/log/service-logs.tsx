'use client'

import { useEffect, useMemo, useState } from 'react'
import { logsSubscription } from '../../lib/documents.ts'
import { useLines } from '../../lib/live/use-lines.ts'
import { asText, filterBlocks } from '../../lib/log-buffer.ts'
import { useService } from '../service/service-context.tsx'
import { ProblemNotice } from '../ui/notice.tsx'
import { LogToolbar } from './log-toolbar.tsx'
import { LogView } from './log-view.tsx'

const lastLines = 500

/** What the instances of a service print, as they print it. */
export function ServiceLogs() {
  const { namespace, service } = useService()
  const { buffer, error } = useLines(logsSubscription, { namespace, service: service.name, last: lastLines })
  const [frozen, setFrozen] = useState<typeof buffer>()
  const [wrap, setWrap] = useState(true)
  const [text, setText] = useState('')
  const [instance, setInstance] = useState('')
  const shown = frozen ?? buffer
  const blocks = useMemo(() => filterBlocks(shown.blocks, { text, instance }), [shown, text, instance])
  const instances = useMemo(() => instancesIn(buffer.blocks, service.instances), [buffer, service.instances])

  // An instance chosen here may be gone from the log by now.
  useEffect(() => {
    if (instance && !instances.includes(instance)) setInstance('')
  }, [instance, instances])

  const behind = frozen ? buffer.count + buffer.dropped - frozen.count - frozen.dropped : 0
  return (
    <>
      <LogToolbar
        text={text}
        onText={setText}
        instances={instances}
        instance={instance}
        onInstance={setInstance}
        wrap={wrap}
        onWrap={() => setWrap(!wrap)}
        paused={frozen !== undefined}
        behind={behind}
        onPause={() => setFrozen(frozen ? undefined : buffer)}
        onDownload={() => download(`${service.name}.log`, asText(blocks))}
      />
      <ProblemNotice problem={error?.problem} />
      <LogView
        label={`Log of ${service.name}`}
        blocks={blocks}
        wrap={wrap}
        showInstance={instances.length > 1}
        empty={text || instance ? 'No line matches.' : 'No output yet. What the service prints appears here by itself.'}
        className="h-[calc(100dvh-19.5rem)] min-h-72"
      />
    </>
  )
}

type Blocks = Parameters<typeof filterBlocks>[0]

/** Those that run now, and those that are seen in the log. */
function instancesIn(blocks: Blocks, running: readonly { id: string }[]): string[] {
  const ids = new Set(running.map(({ id }) => id))
  for (const { lines } of blocks) for (const line of lines) if (line.instance) ids.add(line.instance)
  return [...ids]
}

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
