import { Cron } from 'croner'

/** The five fields of cron(8), read in a time zone of the IANA database. */
export type Schedule = { expression: string; timezone: string }

/** What is wrong with it, as a sentence; undefined when it is good. */
export function scheduleProblem(schedule: Schedule): string | undefined {
  const { expression, timezone } = schedule
  if (expression.trim().split(/\s+/).length !== 5)
    return 'A schedule has five fields: minute, hour, day of the month, month, day of the week. `30 3 * * *` is every day at half past three.'
  if (!isTimezone(timezone)) return `There is no time zone ${timezone}; they are named as in Europe/Berlin, and UTC.`
  try {
    return nextTime(schedule, new Date()) ? undefined : 'That time never comes.'
  } catch (error) {
    const [, reason = 'It cannot be read.'] = /^Cron\w+: (.*)$/s.exec(error instanceof Error ? error.message : '') ?? []
    return reason
  }
}

/** The first time after another one. A local time that a change of the clocks leaves out comes right after it; one that it brings twice comes once. */
export function nextTime({ expression, timezone }: Schedule, after: Date): Date | undefined {
  return new Cron(expression, { mode: '5-part', timezone, paused: true, fixedTimeRule: 'no-wildcard' }).nextRun(after) ?? undefined
}

function isTimezone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }))
  } catch {
    return false // thrown for a name that is none
  }
}
