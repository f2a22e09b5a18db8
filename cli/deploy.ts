import { homedir } from 'node:os'
import { basename, join, relative, resolve, sep } from 'node:path'
import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { type DeployResponse, type OptionsSchema, type SourceFile, SourceFileSchema } from '../gen/proto/micro/runtime/v1/runtime_pb.ts'
import { PlatformError } from '../lib/errors.ts'
import type { Api } from './api.ts'
import type { Settings } from './config.ts'
import type { Context } from './context.ts'
import { type HashedFile, hashFiles } from './file-hashes.ts'
import type { Progress } from './progress.ts'
import type { Source } from './source.ts'
import { formatBytes, plural } from './units.ts'
import { pickMissing, uploadMessages } from './upload.ts'
import { type WalkedTree, walk } from './walk.ts'
import { codeOf } from './wire-error.ts'

export type DeployPlan = {
  namespace: string
  name: string
  source: Source
  options: MessageInitShape<typeof OptionsSchema>
  trigger: 'run' | 'update'
  force: boolean
}

type Request = Pick<DeployPlan, 'namespace' | 'name' | 'options' | 'trigger' | 'force'>

/** Files that change while they are uploaded make it start over, so often. */
const attempts = 3

/** Asks for a deployment; of a local source, first uploads what the server lacks. */
export async function submit(ctx: Context, api: Api, plan: DeployPlan, progress: Progress): Promise<DeployResponse> {
  const { namespace, name, source, options, trigger, force } = plan
  const request = { namespace, name, options, trigger, force }
  const signal = ctx.interrupted()
  if (source.kind === 'git') {
    const { url, ref, directory } = source
    return await api.runtime.deploy({ ...request, source: { case: 'git', value: { url, ref, directory } } }, { signal })
  }
  for (let attempt = 1; ; attempt++) {
    const response = await submitLocal(ctx, api, { request, path: source.path }, progress)
    if (response !== undefined) return response
    if (attempt === attempts) throw filesKeepChanging(source.path)
    progress.note('Files changed while they were uploaded; starting over.')
  }
}

/** Undefined when files changed in between. */
async function submitLocal(ctx: Context, api: Api, { request, path }: { request: Request; path: string }, progress: Progress) {
  const root = resolvePath(path)
  const tree = await walk(root)
  const files = await hashFiles(root, tree.files, cacheDirectory(ctx.settings))
  const local = { files: sourceFiles(files, tree), label: labelOf(root), location: root }
  const deploy = () => api.runtime.deploy({ ...request, source: { case: 'local', value: local } }, { signal: ctx.interrupted() })
  const answer = await deploy()
  if (answer.missing.length === 0) return answer
  const missing = pickMissing(files, answer.missing)
  const bytes = missing.reduce((sum, { size }) => sum + size, 0)
  progress.stage('uploading', `${missing.length} of ${plural(files.length, 'file')}, ${formatBytes(bytes)}`)
  try {
    await api.runtime.upload(uploadMessages(request.namespace, root, missing), { signal: ctx.interrupted() })
  } catch (error) {
    if (codeOf(error) === 'invalid_argument') return undefined
    throw error
  }
  const second = await deploy()
  return second.missing.length === 0 ? second : undefined
}

function sourceFiles(files: readonly HashedFile[], { links }: WalkedTree): SourceFile[] {
  return [
    ...files.map(({ path, sha256, size, executable }) =>
      create(SourceFileSchema, { path, sha256: Uint8Array.from(sha256), size: BigInt(size), executable }),
    ),
    ...links.map(({ path, link }) => create(SourceFileSchema, { path, link })),
  ]
}

function filesKeepChanging(path: string): PlatformError {
  return new PlatformError('aborted', `Files in ${path} change faster than they can be uploaded.`, {
    hint: 'Stop what writes them, or list them in .microignore.',
  })
}

export const cacheDirectory = ({ home }: Settings): string => join(home, 'cache')

export const resolvePath = (path: string): string => resolve(path.replace(/^~(?=\/|$)/, homedir()))

/** As a person would write it: relative when it is below the working directory. */
function labelOf(root: string): string {
  const below = relative(process.cwd(), root)
  if (below === '') return `./${basename(root)}`
  return below.startsWith('..') ? root : `.${sep}${below}`
}
