import { expect, onTestFinished, test } from 'vitest'
import type { DeploymentState } from '../../gen/prisma/enums.ts'
import { createTestPlatform } from '../../testing/platform.ts'
import { createDeploymentRow, createService } from '../../testing/tenant.ts'
import { updateService } from './update.ts'

test('an update starts from the last deployment that worked, and from the last at all when none did', async () => {
  const platform = await createTestPlatform()
  onTestFinished(() => platform.close())
  const { db } = platform.ctx
  const owner = await platform.createUser()
  const namespace = await platform.createNamespace(owner)
  const { service } = await createService(platform, namespace, 'hello')
  const given = async (healthPath: string, state: DeploymentState) => {
    const { id } = await createDeploymentRow(platform, service, { state })
    await db.deployment.update({ where: { id }, data: { options: { healthPath } } })
  }
  const update = async () => (await updateService({ ctx: owner.ctx, input: { namespace: namespace.name, service: 'hello' } })).options

  await given('/good', 'LIVE')
  await given('/bad', 'FAILED')
  expect(await update()).toEqual({ healthPath: '/good' })
  await db.deployment.updateMany({ where: { serviceId: service.id }, data: { state: 'FAILED' } })
  await given('/newest', 'CANCELED')
  expect(await update()).toEqual({ healthPath: '/newest' })
})
