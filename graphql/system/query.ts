import { getSweep } from '../../control/disk/get.ts'
import { sweepView } from '../../control/disk/view.ts'
import { field } from '../field.ts'

export const systemQueries = {
  diskSweep: field(getSweep, ({ id }: { id: string }) => ({ id }), sweepView),
}
