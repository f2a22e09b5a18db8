import { command } from '../../../command.ts'
import { usageError } from '../../../parse.ts'
import { askNewPassword, askSecret, readStdinLines } from '../../../prompt.ts'

export default command({
  summary: 'Set a new password',
  details:
    'Your other sessions end. With --password-stdin, standard input has the present password on its first line and the new one on its second.',
  flags: {
    currentPassword: { type: 'string', value: 'VALUE', description: 'the present password' },
    newPassword: { type: 'string', value: 'VALUE', description: 'the new one, at least 8 characters' },
    passwordStdin: { type: 'boolean', description: 'read both from standard input' },
  },
  examples: ['micro user set password'],
  async run(ctx, flags) {
    const [current, next] = flags.passwordStdin ? await readStdinLines() : [flags.currentPassword, flags.newPassword]
    if (flags.passwordStdin && !next) throw usageError('--password-stdin needs two lines: the present password and the new one.')
    const currentPassword = await askSecret(ctx, current, { flag: '--current-password', message: 'Present password' })
    const newPassword = await askNewPassword(ctx, next, { flag: '--new-password', message: 'New password' })
    await (await ctx.api()).auth.setPassword({ currentPassword, newPassword })
    ctx.out.data({ changed: true }, () => ctx.out.line('The password is changed. Your other sessions have ended.'))
  },
})
