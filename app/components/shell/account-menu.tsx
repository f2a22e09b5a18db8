'use client'

import { forgetSession } from '../../lib/auth.ts'
import { call } from '../../lib/call.ts'
import { logOutMutation } from '../../lib/documents.ts'
import { useAction } from '../../lib/use-action.ts'
import { LogOutIcon, UserIcon } from '../ui/icons.tsx'
import { Menu, MenuItem, MenuLabel, MenuLink, MenuSeparator } from '../ui/menu.tsx'
import { toast } from '../ui/toast.tsx'

export function AccountMenu({ username, email }: { username: string; email: string | null }) {
  const { run } = useAction()
  const logOut = () =>
    run(async () => {
      await endSession()
      location.assign('/')
    }).then((done) => done || toast('The log-out did not work. Try again.', 'bad'))
  return (
    <Menu
      label="Account"
      button={<span aria-hidden="true">{username.slice(0, 1).toUpperCase()}</span>}
      buttonClassName="ml-1 flex size-7 items-center justify-center rounded-full bg-hover text-xs font-semibold text-muted hover:text-ink"
    >
      <MenuLabel>{email ?? username}</MenuLabel>
      <MenuLink href="/account">
        <UserIcon /> Account
      </MenuLink>
      <MenuSeparator />
      <MenuItem onSelect={logOut}>
        <LogOutIcon /> Log out
      </MenuItem>
    </Menu>
  )
}

/** Revokes the session on the server, then forgets its cookie. */
async function endSession(): Promise<void> {
  await call(logOutMutation)
  await forgetSession()
}
