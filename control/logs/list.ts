import { z } from 'zod'
import { findDeployment } from '../deployments/get.ts'
import { findService } from '../services/find.ts'
import { member, verb } from '../verb.ts'
import { readAfter, readTail } from './read.ts'

/** The last kept lines of a service's instances, oldest first. */
export const readLogs = verb({
  name: 'logs.list',
  access: member('VIEWER'),
  input: z.object({ namespace: z.string(), service: z.string(), last: z.number().int().min(1).max(1000).default(200) }),
  async run({ ctx, input }) {
    const { id: serviceId } = await findService(ctx, input.service)
    return readTail(ctx, { serviceId }, input.last)
  },
})

/** Build output of a deployment, oldest first; what of it is more than one read holds comes by the stream. */
export const readBuildLog = verb({
  name: 'logs.listBuild',
  access: member('VIEWER'),
  input: z.object({ namespace: z.string(), deployment: z.string() }),
  async run({ ctx, input }) {
    const { id: deploymentId, serviceId } = await findDeployment(ctx, input.deployment)
    return readAfter(ctx, { serviceId, deploymentId }, undefined)
  },
})
