/** The flow that always works, as one would type it. */
export function TenCommands({ publicUrl }: { publicUrl: string }) {
  const { protocol, host } = new URL(publicUrl)
  const commands: [command: string, what: string][] = [
    ['micro env set local', 'this server'],
    ['micro signup', 'an account and a namespace'],
    ['micro new helloworld', 'a service from a template'],
    ['micro run ./helloworld', 'build, start, give it an address'],
    ['micro status', ''],
    ['micro logs helloworld', ''],
    ['micro helloworld --name=Alice', 'call it'],
    ['NAMESPACE=$(micro user namespace)', ''],
    [`curl "${protocol}//$NAMESPACE.${host}/helloworld?name=Alice"`, ''],
    [`curl -H "Micro-Namespace: $NAMESPACE" "${protocol}//${host}/helloworld?name=Alice"`, ''],
  ]
  return (
    <figure className="min-w-0 overflow-hidden rounded-xl border border-term-line bg-term shadow-pop">
      <figcaption className="border-b border-[#26282d] px-4 py-2 text-xs text-term-muted">Ten commands</figcaption>
      <ol className="px-4 py-3 font-mono text-[12.5px] leading-6 text-term-ink">
        {commands.map(([command, what]) => (
          <li key={command} className="break-words">
            <span aria-hidden="true" className="text-term-muted select-none">
              ${' '}
            </span>
            {command}
            {what && <span className="text-term-muted max-sm:hidden"> # {what}</span>}
          </li>
        ))}
      </ol>
    </figure>
  )
}
