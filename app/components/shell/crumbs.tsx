'use client'

import Link from 'next/link'
import { useParams, useRouter } from 'next/navigation'
import { useEffect, useState } from 'react'
import type { Membership } from '../../lib/model.ts'
import { CheckIcon, ChevronIcon, PlusIcon } from '../ui/icons.tsx'
import { Menu, MenuItem, MenuLabel, MenuLink, MenuSeparator } from '../ui/menu.tsx'
import { NewNamespaceDialog } from './new-namespace-dialog.tsx'

type CrumbsProps = { namespace: string; memberships: Membership[] }

/** Where one is: the namespace, to be switched, and the service. */
export function Crumbs({ namespace, memberships }: CrumbsProps) {
  const { service } = useParams<{ service?: string }>()
  const router = useRouter()
  const [creating, setCreating] = useState(false)

  useEffect(() => {
    // The page `/` leads to the namespace that was looked at last.
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser.
    document.cookie = `micro-namespace=${namespace}; path=/; max-age=31536000; samesite=lax`
  }, [namespace])

  return (
    <>
      <Slash />
      <Menu
        label={`Namespace ${namespace}. Switch namespace`}
        align="left"
        button={
          <>
            <span className="truncate">{namespace}</span>
            <ChevronIcon className="size-3.5 text-faint" />
          </>
        }
        buttonClassName="flex max-w-[40vw] items-center gap-1 rounded-md px-2 py-1 font-medium hover:bg-hover sm:max-w-60"
      >
        <MenuLabel>Namespaces</MenuLabel>
        {memberships.map(({ namespace: { name }, role }) => (
          <MenuLink key={name} href={`/n/${name}`} current={name === namespace}>
            <CheckIcon className={`size-3.5 ${name === namespace ? '' : 'invisible'}`} />
            <span className="flex-1">{name}</span>
            <span className="ml-4 text-xs text-faint">{role.toLowerCase()}</span>
          </MenuLink>
        ))}
        <MenuSeparator />
        <MenuItem onSelect={() => setCreating(true)}>
          <PlusIcon className="size-3.5" /> New namespace
        </MenuItem>
      </Menu>
      {service && (
        <>
          <Slash />
          <Link
            href={`/n/${namespace}/${service}`}
            prefetch={false}
            className="min-w-0 truncate rounded-md px-2 py-1 font-medium hover:bg-hover"
          >
            {service}
          </Link>
        </>
      )}
      <NewNamespaceDialog open={creating} onClose={() => setCreating(false)} onCreated={(name) => router.push(`/n/${name}`)} />
    </>
  )
}

const Slash = () => (
  <span aria-hidden="true" className="mx-0.5 text-line-strong select-none">
    /
  </span>
)
