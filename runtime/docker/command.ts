import { posix } from 'node:path'
import { PlatformError } from '../../lib/errors.ts'
import { instanceUser } from './container.ts'
import { type Head, headOf, resolveFile } from './container-file.ts'
import type { Engine } from './engine.ts'

export type CommandCheck = {
  argv: readonly string[]
  /** Of the container's environment. */
  path: string
  workingDirectory: string
  /** As the engine names the machine: x86_64. */
  architecture: string
}

/**
 * Looks at the program in the file system of a container that was made but not started. The engine itself would not say: what it starts is
 * its own init, and that this finds no program is told nowhere but in the output.
 * @throws PlatformError `failed_precondition` saying why it cannot be executed
 */
export async function requireExecutable(engine: Engine, container: string, check: CommandCheck): Promise<void> {
  const name = requireCommand(check.argv)
  const head = await find(engine, container, name, check)
  if (!head) throw cannotStart(`The start command \`${name}\` was not found in the image.`, 'COMMAND_NOT_FOUND', hintFor(check.argv))
  if (!mayExecute(head)) {
    throw cannotStart(
      `The start command \`${name}\` exists but may not be executed.`,
      'COMMAND_NOT_EXECUTABLE',
      'Make it executable: `chmod +x`.',
    )
  }
  const format = formatOf(head.bytes)
  if (format.kind === 'script') {
    if (await resolveFile(engine, container, format.interpreter)) return
    throw cannotStart(
      `The start command \`${name}\` needs ${format.interpreter}, which is not in the image.`,
      'COMMAND_NOT_FOUND',
      'Correct its first line, or install that program in the image.',
    )
  }
  if (format.kind === 'unknown' || (format.kind === 'elf' && format.machine !== machines[check.architecture])) {
    throw cannotStart(
      `The start command \`${name}\` cannot be executed by this machine (${check.architecture}).`,
      'EXEC_FORMAT',
      format.kind === 'elf'
        ? `Build it for this machine: linux/${goNames[check.architecture] ?? check.architecture}, as by \`GOARCH\`.`
        : 'It is neither a program nor a script: begin a script with a line like `#!/bin/sh`.',
    )
  }
}

/** @returns its program */
export function requireCommand([name]: readonly string[]): string {
  if (name) return name
  throw cannotStart(
    'The image has no start command.',
    'COMMAND_EMPTY',
    'Give one: `start` in micro.yaml, `--command`, or CMD in the Dockerfile.',
  )
}

async function find(engine: Engine, container: string, name: string, { path, workingDirectory }: CommandCheck): Promise<Head | undefined> {
  const candidates = name.includes('/') ? [name] : path.split(':').map((directory) => posix.join(directory || '.', name))
  for (const candidate of candidates) {
    const file = await resolveFile(engine, container, posix.resolve(workingDirectory, candidate))
    const head = file === undefined ? undefined : await headOf(engine, container, file)
    if (head?.isFile) return head
  }
  return undefined
}

function mayExecute({ mode, uid, gid }: Head): boolean {
  const bit = uid === instanceUser.uid ? 0o100 : gid === instanceUser.gid ? 0o010 : 0o001
  return (mode & bit) !== 0
}

/** e_machine of elf(5). */
const machines: Readonly<Record<string, number>> = { x86_64: 62, aarch64: 183 }

/** The same machines as builds name them. */
const goNames: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64' }

type Format = { kind: 'elf'; machine: number } | { kind: 'script'; interpreter: string } | { kind: 'text' } | { kind: 'unknown' }

/** What the kernel, or the C library after it, would make of a file. */
export function formatOf(bytes: Buffer): Format {
  if (bytes.toString('latin1', 0, 4) === '\x7fELF') return { kind: 'elf', machine: bytes.length >= 20 ? bytes.readUInt16LE(18) : 0 }
  const [line = ''] = bytes.toString('latin1').split('\n')
  const interpreter = /^#![ \t]*(\S+)/.exec(line)?.[1]
  if (interpreter) return { kind: 'script', interpreter }
  // Without such a line /bin/sh runs it.
  return bytes.length === 0 || line.includes('\0') ? { kind: 'unknown' } : { kind: 'text' }
}

const hintFor = (argv: readonly string[]): string =>
  argv[0] === '/bin/sh' && argv[1] === '-c'
    ? 'A command line needs a shell, which this image has not: give the start command as a list.'
    : 'Install it in the image, or change the start command: `start` in micro.yaml, `--command`, or CMD in the Dockerfile.'

const cannotStart = (message: string, reason: string, hint: string): PlatformError =>
  new PlatformError('failed_precondition', message, { reason, hint })
