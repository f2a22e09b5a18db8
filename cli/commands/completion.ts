import { command } from '../command.ts'
import { usageError } from '../parse.ts'

export default command({
  summary: 'Print the completion script of a shell',
  details:
    'bash: add `source <(micro completion bash)` to ~/.bashrc. zsh: `source <(micro completion zsh)` in ~/.zshrc.\nfish: `micro completion fish > ~/.config/fish/completions/micro.fish`.',
  arguments: { shell: { description: 'bash, zsh or fish' } },
  examples: ['source <(micro completion bash)'],
  async run({ out }, { shell }) {
    const { completionScripts } = await import('../completion.ts')
    const script = completionScripts[shell]
    if (script === undefined) throw usageError(`There is no completion for "${shell}".`, 'There are bash, zsh and fish.')
    out.line(script)
  },
})
