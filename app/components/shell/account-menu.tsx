'use client'

import { useEffect, useRef } from 'react'
import { forgetSession } from '../../lib/auth.ts'
import { call } from '../../lib/call.ts'
import { logOutMutation } from '../../lib/documents.ts'
import { loginHref, useAction } from '../../lib/use-action.ts'
import { LogOutIcon, UserIcon } from '../ui/icons.tsx'
import { Menu, MenuItem, MenuLabel, MenuLink, MenuSeparator } from '../ui/menu.tsx'
import { toast } from '../ui/toast.tsx'

/** Tells the other tabs that the session is over. */
const channelName = 'micro-session'

export function AccountMenu({ username, email }: { username: string; email: string | null }) {
  const { run } = useAction()
  const channel = useRef<BroadcastChannel>(null)

  useEffect(() => {
    channel.current = new BroadcastChannel(channelName)
    channel.current.onmessage = () => location.assign(loginHref())
    return () => channel.current?.close()
  }, [])

  const logOut = () =>
    run(async () => {
      await endSession()
      // This tab's own channel: any other would tell this tab, too.
      channel.current?.postMessage('ended')
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
