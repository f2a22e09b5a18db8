import { expect, test } from 'vitest'
import { refuseRemoteAdd } from './remote-add.ts'

test.each([
  ['ADD http://127.0.0.1/x /x'],
  ['  add --chown=1 https://example.com/x /x'],
  ['ADD ["http://169.254.169.254/", "/x"]'],
  ['ADD \\\n  # why not\n  http://10.0.0.1/x \\\n  /x'],
  ['AD\\\nD http://10.0.0.1/x /x'],
  ['# escape=`\nADD `\nhttp://10.0.0.1/x /x'],
  ['ARG P=http\nADD $P://10.0.0.1/x /x'],
  ['ADD\\\n  http://10.0.0.1/x /x'],
  ['# escape=`\nADD \\\nhttp://10.0.0.1/x /x'],
  ['RUN echo `\nADD http://10.0.0.1/x /x'],
  ['ADD $URL /x'],
  ['ADD git@example.com:o/r.git /x'],
  ['ONBUILD ADD http://10.0.0.1/x /x'],
])('%j is refused', (dockerfile) => {
  expect(() => refuseRemoteAdd(`FROM node\n${dockerfile}\n`)).toThrow(expect.objectContaining({ code: 'failed_precondition' }))
})

test.each([
  ['ADD archive.tar.gz /srv/'],
  ['COPY $FILE /x'],
  ['RUN curl http://example.com/ADD'],
  ['# ADD http://x /y'],
  ['LABEL url=http://x'],
])('%j is not', (dockerfile) => {
  expect(() => refuseRemoteAdd(`FROM node\n${dockerfile}\n`)).not.toThrow()
})
