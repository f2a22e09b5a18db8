import { expect, test } from 'vitest'
import { createBalancer } from './balancer.ts'
import { NotSent } from './target.ts'

const upstreams = ['a', 'b', 'c'].map((instance, i) => ({ instance, host: '127.0.0.1', port: i + 1 }))
const never = new AbortController().signal

const create = (inFlight: Record<string, number> = {}, connectMs = 200) =>
  createBalancer({ inFlight: (instance) => inFlight[instance] ?? 0, connectMs })

test('takes the instance with the fewest requests in flight', () => {
  const balancer = create({ a: 2, b: 1, c: 3 })
  for (let i = 0; i < 3; i++) expect(balancer.pick(upstreams)?.instance).toBe('b')
  expect(balancer.pick(upstreams, new Set(['b']))?.instance).toBe('a')
  expect(balancer.pick([])).toBeUndefined()
})

test('takes those that have equally many in turn', () => {
  const balancer = create({ c: 1 })
  const picked = Array.from({ length: 6 }, () => balancer.pick(upstreams.slice(0, 2))?.instance)
  expect(picked).toEqual(['a', 'b', 'a', 'b', 'a', 'b'])
})

test('tries others when nothing was sent, and whoever comes up meanwhile', async () => {
  const tried: string[] = []
  let known = upstreams.slice(0, 2)
  setTimeout(() => {
    known = upstreams
  }, 20)
  const sent = await create().send(
    () => known,
    async ({ instance }) => {
      tried.push(instance)
      if (instance !== 'c') throw new NotSent(new Error('refused'))
      return instance
    },
    never,
  )
  expect(sent).toBe('c')
  expect(tried.slice(0, 2).toSorted()).toEqual(['a', 'b'])
})

test('gives up in time, and at once on anything else', async () => {
  const refuse = async () => {
    throw new NotSent(new Error('refused'))
  }
  await expect(create({}, 60).send(() => upstreams, refuse, never)).rejects.toThrow(NotSent)
  await expect(create({}, 60).send(() => [], refuse, never)).rejects.toThrow(NotSent)
  let attempts = 0
  const fail = async () => {
    attempts++
    throw new Error('sent, then lost')
  }
  await expect(create().send(() => upstreams, fail, never)).rejects.toThrow('sent, then lost')
  expect(attempts).toBe(1)
})
