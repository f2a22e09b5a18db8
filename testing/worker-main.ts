import pino from 'pino'
import type { PlatformSettings } from '../config/platform.ts'
import { startPlatform } from '../processes/platform.ts'

/** A worker that tests can kill; see worker.ts. */
const given: Omit<PlatformSettings, 'envelopeKey'> & { envelopeKey: string } = JSON.parse(process.argv[2] ?? '{}')
await startPlatform({ ...given, envelopeKey: Buffer.from(given.envelopeKey, 'hex') }, pino({ level: 'silent' }))
process.stdout.write('ready\n')
