import { expect, test } from 'vitest'
import { type Deployment, type DeploymentState, isNewestLive, type Service, tellsOfFailure } from './model.ts'

const deployment = (id: string, state: DeploymentState, minute: number): Deployment => ({
  id,
  state,
  reason: null,
  hint: null,
  source: './helloworld',
  trigger: 'run',
  creator: null,
  createdAt: `2026-11-23T20:${minute}:00.000Z`,
  buildStartedAt: null,
  rolloutStartedAt: null,
  endedAt: null,
  release: { version: 1 },
})
const service = (...deployments: Deployment[]) => ({ deployments }) as Service

test('of several deployments that went live, the newest is the live one, whatever failed since', () => {
  const [failed, second, first] = [deployment('c', 'FAILED', 30), deployment('b', 'LIVE', 20), deployment('a', 'LIVE', 10)]
  const known = service(failed, second, first)
  expect([second, first].map((one) => isNewestLive(one, known))).toEqual([true, false])
})

test('one that went live just now is not taken for an old one while the list does not have it yet', () => {
  expect(isNewestLive(deployment('b', 'LIVE', 20), service(deployment('a', 'LIVE', 10)))).toBe(true)
})

test('why the last deployment failed is said once: by the state of a service, or beside it', () => {
  const last = { ...deployment('c', 'FAILED', 30), reason: 'It exited with code 1.' }
  const told = (stateDetail: string | null, lastDeployment: Deployment | null = last) => tellsOfFailure({ stateDetail, lastDeployment })
  expect(told('The last deployment failed: It exited with code 1.')).toBe(true)
  expect(told('The last deployment failed: no reason is known.', { ...last, reason: null })).toBe(true)
  expect([told('1 of 2 instances are ready.'), told(null), told('Scaled to 0 instances.', null)]).toEqual([false, false, false])
})
