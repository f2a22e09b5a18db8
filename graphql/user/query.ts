import { listSessions } from '../../control/auth/sessions.ts'
import { getInstallation } from '../../control/installation/get.ts'
import { me } from '../../control/users/me.ts'
import { field } from '../field.ts'

export const userQueries = {
  me: field(me, () => ({})),
  sessions: field(listSessions, () => ({})),
  installation: field(getInstallation, () => ({})),
}
