const headers = [
  { key: 'X-Content-Type-Options', value: 'nosniff' },
  { key: 'Referrer-Policy', value: 'same-origin' },
  { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
  { key: 'Cross-Origin-Resource-Policy', value: 'same-origin' },
  { key: 'Permissions-Policy', value: 'camera=(), microphone=(), geolocation=(), payment=()' },
]

/**
 * Plain JavaScript: for a TypeScript one Next loads its compiler into the running console, 24 MB of it.
 *
 * @type {import('next').NextConfig}
 */
const config = {
  poweredByHeader: false,
  devIndicators: false,
  // Types and lint are checked by `npm run verify`; the build is part of the first start and has to be quick.
  typescript: { ignoreBuildErrors: true },
  images: { unoptimized: true },
  turbopack: { root: import.meta.dirname },
  // A cache of the build's own steps is of no use to the first build, and takes a fifth of its time.
  experimental: { authInterrupts: true, turbopackFileSystemCacheForBuild: false },
  headers: async () => [{ source: '/:path*', headers }],
}

export default config
