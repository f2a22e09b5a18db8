import { connectNodeAdapter } from '@connectrpc/connect-node'
import { {{tsService}} } from './pb/{{package}}_pb.ts'

/** What {{name}} answers: one function for each rpc of proto/{{package}}.proto. */
export const handler = connectNodeAdapter({
  routes: (router) =>
    router.service({{tsService}}, {
      call: (request) => ({ message: `Hello ${request.name || 'World'}` }),

      async *stream(request) {
        for (let count = 1; count <= request.messages; count++) yield { count }
      },
    }),
})
