import { CopyButton } from './copy-button.tsx'

/** Commands to copy. Always dark, as a terminal is. */
export function Snippet({ text, prompt = true, label }: { text: string; prompt?: boolean; label?: string }) {
  return (
    <div className="flex items-start rounded-md border border-term-line bg-term font-mono text-[12.5px] leading-5 text-term-ink">
      <pre className="min-w-0 flex-1 px-3 py-2 whitespace-pre-wrap [overflow-wrap:anywhere]">
        {prompt && <span className="text-term-muted select-none">$ </span>}
        {text}
      </pre>
      <CopyButton
        text={text}
        label={`Copy ${label ?? 'command'}`}
        className="m-1 text-term-muted hover:bg-[#ffffff1a] hover:text-term-ink"
      />
    </div>
  )
}
