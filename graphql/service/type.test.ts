import { create, toBinary } from '@bufbuild/protobuf'
import { FileDescriptorSetSchema, file_google_protobuf_empty } from '@bufbuild/protobuf/wkt'
import { expect, onTestFinished, test } from 'vitest'
import { listServices } from '../../control/services/list.ts'
import { bearer, startGraphql } from '../../testing/graphql.ts'
import { createTestPlatform } from '../../testing/platform.ts'
import { createService } from '../../testing/tenant.ts'

test('the endpoints of a service are read only for whoever asks for them', async () => {
  const platform = await createTestPlatform()
  onTestFinished(() => platform.close())
  const graphql = await startGraphql(platform)
  onTestFinished(() => graphql.close())
  const owner = await platform.createUser()
  const namespace = await platform.createNamespace(owner)
  const { release } = await createService(platform, namespace, 'greeter')
  const descriptors = toBinary(
    FileDescriptorSetSchema,
    create(FileDescriptorSetSchema, { file: [file_google_protobuf_empty.proto, greeter] }),
  )
  await platform.ctx.db.release.update({ where: { id: release.id }, data: { descriptors: new Uint8Array(descriptors) } })

  const [listed] = await listServices({ ctx: owner.ctx, input: { namespace: namespace.name } })
  expect(listed?.liveRelease).toMatchObject({ id: release.id, version: 1 })
  expect(listed?.liveRelease).not.toHaveProperty('descriptors')
  expect(listed?.liveRelease).not.toHaveProperty('sealedEnv')

  const query = 'query ($namespace: String!) { services(namespace: $namespace) { endpoints { path } } }'
  const { data } = await graphql.ask(query, { namespace: namespace.name }, bearer(owner.login.accessToken))
  expect(data).toEqual({ services: [{ endpoints: [{ path: '/greet.Greeter/Call' }] }] })
})

const empty = '.google.protobuf.Empty'
const greeter = {
  name: 'greet.proto',
  package: 'greet',
  syntax: 'proto3',
  dependency: ['google/protobuf/empty.proto'],
  service: [{ name: 'Greeter', method: [{ name: 'Call', inputType: empty, outputType: empty }] }],
}
