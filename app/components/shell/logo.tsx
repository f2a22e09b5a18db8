import Link from 'next/link'

export function Mark({ className = 'size-6' }: { className?: string }) {
  return (
    <svg viewBox="0 0 24 24" className={className} aria-hidden="true">
      <rect width="24" height="24" rx="6" fill="var(--solid)" />
      <path
        d="M7 19V6.5M7 12.2c0 2.4 1.5 3.6 3.7 3.6 2.4 0 4.3-1.5 4.3-4.1V6.5v7.2c0 1.4.6 2.1 2 2.1"
        fill="none"
        stroke="var(--on-solid)"
        strokeWidth="2.1"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  )
}

export function Logo({ href = '/' }: { href?: string }) {
  return (
    <Link href={href} prefetch={false} className="flex items-center gap-2 font-semibold tracking-tight">
      <Mark />
      Micro
    </Link>
  )
}
