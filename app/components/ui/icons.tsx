import type { ReactNode } from 'react'

type IconProps = { className?: string }

function icon(shapes: ReactNode) {
  return function Icon({ className = 'size-4' }: IconProps) {
    return (
      <svg
        viewBox="0 0 16 16"
        className={`shrink-0 ${className}`}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
      >
        {shapes}
      </svg>
    )
  }
}

export const AlertIcon = icon(<path d="M8 2.2 14.4 13.3H1.6zM8 6.6v3M8 11.4v.1" />)
export const BackIcon = icon(<path d="M13 8H3M7 4 3 8l4 4" />)
export const CheckIcon = icon(<path d="m3 8.5 3.2 3.2L13 5" />)
export const ChevronIcon = icon(<path d="m4.5 6.2 3.5 3.6 3.5-3.6" />)
export const CloseIcon = icon(<path d="m4 4 8 8M12 4l-8 8" />)
export const CopyIcon = icon(<path d="M6 5.5h7.5v8H6zM10.5 5.5v-3H3v8h3" />)
export const DownloadIcon = icon(<path d="M8 2.5v8M4.7 7.4 8 10.6l3.3-3.2M2.8 13.5h10.4" />)
export const EditIcon = icon(<path d="M3 13l.7-3L11 2.7 13.3 5 6 12.3zM9.5 4.2l2.3 2.3" />)
export const ExternalIcon = icon(<path d="M6.5 3.5h-3v9h9v-3M9.5 2.8h3.7v3.7M13 3 7.5 8.5" />)
export const EyeIcon = icon(
  <>
    <path d="M1.6 8S4 3.7 8 3.7 14.4 8 14.4 8 12 12.3 8 12.3 1.6 8 1.6 8z" />
    <circle cx="8" cy="8" r="1.9" />
  </>,
)
export const EyeOffIcon = icon(
  <path d="m2.5 2.5 11 11M6.2 4a6 6 0 0 1 1.8-.3C12 3.7 14.4 8 14.4 8a12 12 0 0 1-1.9 2.4M4.1 5.3A11 11 0 0 0 1.6 8S4 12.3 8 12.3a6 6 0 0 0 2.9-.8" />,
)
export const GitIcon = icon(
  <>
    <circle cx="4.5" cy="3.8" r="1.6" />
    <circle cx="4.5" cy="12.2" r="1.6" />
    <circle cx="11.8" cy="5.8" r="1.6" />
    <path d="M4.5 5.4v5.2M11.8 7.4c0 2.2-3 2-5.6 3" />
  </>,
)
export const KeyIcon = icon(
  <>
    <circle cx="5" cy="11" r="2.6" />
    <path d="m7 9 6-6M10.6 5.4l2 2" />
  </>,
)
export const LogOutIcon = icon(<path d="M6.5 2.8h-3.7v10.4h3.7M6.5 8h7M10.7 5.2 13.5 8l-2.8 2.8" />)
export const MonitorIcon = icon(<path d="M2 3h12v8H2zM5.5 13.5h5" />)
export const MoonIcon = icon(<path d="M13.3 9.6A5.7 5.7 0 0 1 6.4 2.7a5.7 5.7 0 1 0 6.9 6.9z" />)
export const MoreIcon = icon(<path d="M3.5 8h.01M8 8h.01M12.5 8h.01" strokeWidth="2.4" />)
export const PauseIcon = icon(<path d="M5.5 3.5v9M10.5 3.5v9" />)
export const PlayIcon = icon(<path d="M5 3.2v9.6L12.6 8z" />)
export const PlusIcon = icon(<path d="M8 3.2v9.6M3.2 8h9.6" />)
export const RestartIcon = icon(<path d="M13.2 8a5.2 5.2 0 1 1-1.6-3.8M13.4 2.2v3h-3" />)
export const RollbackIcon = icon(<path d="M5.5 2.8 2.7 5.6l2.8 2.8M2.9 5.6h6.3a4 4 0 0 1 0 8H5.6" />)
export const ScaleIcon = icon(<path d="M2.5 9.5h4v4h-4zM9.5 2.5h4v4h-4zM9.5 9.5h4v4h-4z" />)
export const SearchIcon = icon(
  <>
    <circle cx="7" cy="7" r="4.2" />
    <path d="m10.2 10.2 3.3 3.3" />
  </>,
)
export const SettingsIcon = icon(<path d="M2.5 4.5h6M12 4.5h1.5M2.5 11.5H4M7.5 11.5h6M10.2 2.8v3.4M5.8 9.8v3.4" />)
export const SunIcon = icon(
  <>
    <circle cx="8" cy="8" r="2.8" />
    <path d="M8 1.4v1.2M8 13.4v1.2M1.4 8h1.2M13.4 8h1.2M3.3 3.3l.9.9M11.8 11.8l.9.9M3.3 12.7l.9-.9M11.8 4.2l.9-.9" />
  </>,
)
export const TerminalIcon = icon(<path d="m3 4.5 3.5 3.5L3 11.5M8.5 12H13" />)
export const TrashIcon = icon(<path d="M2.8 4.3h10.4M6 4.3V2.6h4v1.7M4.2 4.3l.6 9.1h6.4l.6-9.1" />)
export const UserIcon = icon(
  <>
    <circle cx="8" cy="5.4" r="2.6" />
    <path d="M2.8 13.6c.6-2.8 2.6-4.2 5.2-4.2s4.6 1.4 5.2 4.2" />
  </>,
)
export const WrapIcon = icon(<path d="M2.5 3.8h11M2.5 8h8.7a2.2 2.2 0 0 1 0 4.4H8M9.6 10.6 7.8 12.4l1.8 1.8M2.5 12.2h2.6" />)
