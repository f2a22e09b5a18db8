import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { PlatformError } from '../../lib/errors.ts'
import type { Engine } from './engine.ts'

/**
 * The image of network holders: one program of some 150 bytes that waits for ever. Made here, so that nothing has to be fetched or compiled;
 * taken away by hand, it is made again.
 * @param architecture as the engine says it
 * @returns its name
 */
export async function ensureHolderImage(engine: Engine, architecture: string): Promise<string> {
  const archive = holderArchive(architecture)
  const repository = 'micro-holder'
  const tag = createHash('sha256').update(archive).digest('hex').slice(0, 12)
  const name = `${repository}:${tag}`
  const exists = await engine.find((docker) => docker.getImage(name).inspect())
  if (!exists) {
    const progress = await engine.call((docker) =>
      docker.importImage(Readable.from([archive]), { repo: repository, tag, changes: 'CMD ["/hold"]' }),
    )
    for await (const _ of progress) {
      // What it says is of no interest; it is done when it has said all.
    }
  }
  return name
}

/** A tar archive with the program alone. */
export function holderArchive(architecture: string): Buffer {
  const program = programs[architecture]
  if (!program) {
    throw new PlatformError('failed_precondition', `The Docker runtime does not know machines of the kind ${architecture}.`, {
      reason: 'ENGINE_UNSUITABLE',
      hint: 'It runs on x86_64 and aarch64.',
    })
  }
  const file = elf(program)
  return Buffer.concat([tarHeader('hold', file.length), padded(file), Buffer.alloc(1024)])
}

type Program = { machine: number; code: Buffer }

const programs: Readonly<Record<string, Program>> = {
  // mov eax, 34 (pause); syscall; jmp to the start
  x86_64: { machine: 62, code: Buffer.from('b8220000000f05ebf7', 'hex') },
  // x0 to x4 = 0; x8 = 73 (ppoll); svc 0; b to the start
  aarch64: {
    machine: 183,
    code: littleEndian([0xaa1f03e0, 0xaa1f03e1, 0xaa1f03e2, 0xaa1f03e3, 0xaa1f03e4, 0xd2800928, 0xd4000001, 0x17fffff9]),
  },
}

const headerBytes = 64 + 56
const loadAddress = 0x400000n

/** The smallest file that the kernel executes: elf(5), one segment. */
function elf({ machine, code }: Program): Buffer {
  const header = Buffer.alloc(headerBytes)
  header.write('\x7fELF\x02\x01\x01', 'latin1')
  header.writeUInt16LE(2, 16) // an executable
  header.writeUInt16LE(machine, 18)
  header.writeUInt32LE(1, 20)
  header.writeBigUInt64LE(loadAddress + BigInt(headerBytes), 24) // where it starts
  header.writeBigUInt64LE(64n, 32) // where the segments are described
  header.writeUInt16LE(64, 52)
  header.writeUInt16LE(56, 54)
  header.writeUInt16LE(1, 56)
  const size = BigInt(headerBytes + code.length)
  header.writeUInt32LE(1, 64) // to be loaded
  header.writeUInt32LE(5, 68) // readable and executable
  header.writeBigUInt64LE(loadAddress, 80)
  header.writeBigUInt64LE(loadAddress, 88)
  header.writeBigUInt64LE(size, 96)
  header.writeBigUInt64LE(size, 104)
  header.writeBigUInt64LE(0x1000n, 112)
  return Buffer.concat([header, code])
}

function littleEndian(words: readonly number[]): Buffer {
  const bytes = Buffer.alloc(words.length * 4)
  for (const [index, word] of words.entries()) bytes.writeUInt32LE(word, index * 4)
  return bytes
}

/** Of an executable file of root's, from the beginning of time, so that the archive is the same wherever it is made. */
function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(512)
  const octal = (value: number, width: number) => value.toString(8).padStart(width, '0')
  header.write(name, 0)
  header.write(octal(0o755, 7), 100)
  header.write(octal(0, 7), 108)
  header.write(octal(0, 7), 116)
  header.write(octal(size, 11), 124)
  header.write(octal(0, 11), 136)
  header.write('        0', 148) // the checksum counts as blanks; then the kind: a file
  header.write('ustar\0' + '00', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${octal(sum, 6)}\0 `, 148)
  return header
}

const padded = (file: Buffer): Buffer => Buffer.concat([file, Buffer.alloc((512 - (file.length % 512)) % 512)])
