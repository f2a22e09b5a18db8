import { command } from '../command.ts'

export default command({
  summary: 'Print the completion script of a shell',
  details:
    'bash: add `source <(micro completion bash)` to ~/.bashrc. zsh: `source <(micro completion zsh)` in ~/.zshrc.\nfish: `micro completion fish > ~/.config/fish/completions/micro.fish`.',
  arguments: { shell: { description: 'bash, zsh or fish', choices: ['bash', 'zsh', 'fish'] } },
  examples: ['source <(micro completion bash)'],
  async run({ out }, { shell }) {
    const { completionScripts } = await import('../completion-scripts.ts')
    out.line(completionScripts[shell])
  },
})
