import { generation } from '../processes/prepare/steps.ts'
import { prepare } from '../processes/prepare.ts'
import { createProgress } from '../processes/progress.ts'

/** `npm run generate`: makes gen/ from proto/ and prisma/, as a start of the server does. */
const progress = createProgress(process.stdout)
await prepare(generation, progress)
progress.end()
