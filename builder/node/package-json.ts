import { z } from 'zod'
import { PlatformError } from '../../lib/errors.ts'

const strings = z.record(z.string(), z.string()).catch({})

/** The fields of a package.json that decide how it is built and started; malformed ones count as absent, as npm takes them. */
const PackageJson = z.looseObject({
  scripts: strings.default({}),
  dependencies: strings.default({}),
  devDependencies: strings.default({}),
  optionalDependencies: strings.default({}),
  main: z.string().optional().catch(undefined),
  workspaces: z.unknown().optional(),
  packageManager: z.string().optional().catch(undefined),
})
export type PackageJson = z.infer<typeof PackageJson>

export function parsePackageJson(text: string): PackageJson {
  try {
    return PackageJson.parse(JSON.parse(text))
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message : 'it is no object'
    throw new PlatformError('failed_precondition', `package.json cannot be read: ${why}.`, { reason: 'PACKAGE_JSON_INVALID' })
  }
}

const relevant = [
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
  'overrides',
  'resolutions',
  'pnpm',
  'allowScripts',
  'engines',
]

/** What of it decides about the installed packages: another start script needs no other node_modules. */
export const installKey = (json: PackageJson): string => JSON.stringify(relevant.map((field) => json[field] ?? null))

const lifecycle = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare']

/** True when an install reads nothing but package.json, the lock file and .npmrc. */
export function installsAlone(json: PackageJson): boolean {
  const versions = [json.dependencies, json.devDependencies, json.optionalDependencies].flatMap((group) => Object.values(group))
  const local = versions.some((version) => /^(file:|link:|workspace:|portal:|patch:|\.|\/|~\/)/.test(version))
  return !local && json.workspaces === undefined && !lifecycle.some((script) => script in json.scripts)
}
