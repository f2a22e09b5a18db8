import type { SourceTree } from '../tree.ts'
import type { PackageJson } from './package-json.ts'

export type FrontEnd = {
  tool: string
  /** Where its build puts the pages. */
  folder: string
  /** One page whose script reads the path. */
  singlePage: boolean
}

type Tool = Omit<FrontEnd, 'tool'> & {
  /** Of a `start` script that serves while people develop, which is nothing to run a service by. */
  develops: RegExp
}

const tools: Readonly<Record<string, Tool>> = {
  '@docusaurus/core': { folder: 'build', singlePage: false, develops: /^docusaurus\b/ },
  '@11ty/eleventy': { folder: '_site', singlePage: false, develops: /^eleventy\b/ },
  gatsby: { folder: 'public', singlePage: false, develops: /^gatsby\b/ },
  astro: { folder: 'dist', singlePage: false, develops: /^astro\b/ },
  'react-scripts': { folder: 'build', singlePage: true, develops: /^react-scripts\b/ },
  '@vue/cli-service': { folder: 'dist', singlePage: true, develops: /^vue-cli-service\b/ },
  parcel: { folder: 'dist', singlePage: true, develops: /^parcel\b/ },
  vite: { folder: 'dist', singlePage: true, develops: /^vite\b/ },
}

/** These build a server with the same tools. */
const servers = [
  '@sveltejs/kit',
  'nuxt',
  'next',
  'vike',
  '@react-router/node',
  '@remix-run/node',
  '@tanstack/react-start',
  '@astrojs/node',
  '@builder.io/qwik-city',
]

/** A package whose build makes pages, and which has no server of its own. */
export function frontEndOf(tree: SourceTree, json: PackageJson): FrontEnd | undefined {
  const packages = { ...json.dependencies, ...json.devDependencies }
  if (!('build' in json.scripts) || json.main !== undefined || servers.some((name) => name in packages)) return undefined
  const [tool, found] = Object.entries(tools).find(([name]) => name in packages) ?? []
  if (tool === undefined || found === undefined) return undefined
  const { develops, ...frontEnd } = found
  const start = json.scripts.start
  if (start !== undefined && !develops.test(start) && !/^(npm|pnpm|yarn) (run )?(dev|develop|serve)\b/.test(start)) return undefined
  return { tool, ...frontEnd, folder: configuredFolder(tree) ?? frontEnd.folder }
}

/** `outDir` of a configuration of Vite or Astro, where it is a plain string. */
function configuredFolder(tree: SourceTree): string | undefined {
  const path = [...tree.files.keys()].find((name) => /^(vite|astro)\.config\.[cm]?[jt]s$/.test(name))
  const folder = /\boutDir\s*:\s*['"]\.?\/?([\w][\w./-]*)['"]/.exec((path && tree.text(path)) ?? '')?.[1]
  return folder?.includes('..') ? undefined : folder?.replace(/\/$/, '')
}
