import { connectNodeAdapter } from '@connectrpc/connect-node'
import { Helloworld } from './pb/helloworld_pb.ts'

/** What helloworld answers: one function for each rpc of proto/helloworld.proto. */
export const handler = connectNodeAdapter({
  routes: (router) =>
    router.service(Helloworld, {
      call: (request) => ({ message: `Hello ${request.name || 'World'}` }),

      async *stream(request) {
        for (let count = 1; count <= request.messages; count++) yield { count }
      },
    }),
})
