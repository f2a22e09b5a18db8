import { expect, test } from 'vitest'
import { type Deployment, type DeploymentState, isNewestLive, type Service } from './model.ts'

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
