import { expect, test } from 'vitest'
import { curlOf, examplesOf, microOf } from './example.ts'
import type { Endpoint, Field } from './model.ts'

const url = 'http://brave-otter-42.localhost:8080/helloworld'
const field = (name: string, type: string): Field => ({ name, type, description: null })
const endpoint = (name: string, request: Field[], serverStreaming = false): Endpoint => ({
  name,
  path: `/pkg.${name.replace('.', '/')}`,
  description: null,
  clientStreaming: false,
  serverStreaming,
  request,
  response: [],
})

test('an HTTP service is called at its address', () => {
  expect(examplesOf({ name: 'web', url, protocol: 'HTTP' }, [])).toEqual([{ label: 'curl', command: `curl ${url}` }])
})

test('an RPC is called by its type and method, with a body of its fields', () => {
  const call = endpoint('Helloworld.Call', [
    field('name', 'string'),
    field('tag_names', 'repeated string'),
    field('times', 'int32'),
    field('at', 'pkg.Place'),
  ])
  expect(curlOf(url, call).command).toBe(
    `curl ${url}/Helloworld/Call -H 'Content-Type: application/json' -d '{"name":"Alice","tagNames":["tag-names"],"times":3,"at":{}}'`,
  )
})

test('a server stream is read without buffering', () => {
  expect(curlOf(url, endpoint('Helloworld.Stream', [], true)).command).toContain('curl -N ')
})

test('the micro command leaves Call out and writes other methods in kebab case', () => {
  expect(microOf('helloworld', endpoint('Helloworld.Call', [field('name', 'string')])).command).toBe('micro helloworld --name=Alice')
  expect(microOf('helloworld', endpoint('Helloworld.SayHello', [field('first_name', 'string')])).command).toBe(
    'micro helloworld say-hello --first-name=first-name',
  )
})

test('Call is preferred as the first thing to try', () => {
  const endpoints = [endpoint('Helloworld.Stream', [], true), endpoint('Helloworld.Call', [])]
  expect(examplesOf({ name: 'helloworld', url, protocol: 'GRPC' }, endpoints)[1]?.command).toBe('micro helloworld')
})
