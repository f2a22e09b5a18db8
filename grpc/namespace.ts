import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import type { ServiceImpl } from '@connectrpc/connect'
import type { ControlContext } from '../control/context.ts'
import { createNamespace } from '../control/namespaces/create.ts'
import { deleteNamespace } from '../control/namespaces/delete.ts'
import { listNamespaces } from '../control/namespaces/list.ts'
import { setEgress } from '../control/namespaces/set-egress.ts'
import { namespaceUrl } from '../control/services/view.ts'
import type {
  CreateNamespaceRequest,
  DeleteNamespaceRequest,
  NamespaceService,
  SetEgressRequest,
} from '../gen/proto/micro/namespace/v1/namespace_pb.ts'
import type { Rpcs } from './rpc.ts'

export const namespaceService = ({ unary }: Rpcs) =>
  ({
    listNamespaces: unary(
      listNamespaces,
      () => ({}),
      (namespaces, ctx) => ({ namespaces: namespaces.map((namespace) => toNamespace(namespace, ctx)) }),
    ),
    createNamespace: unary(
      createNamespace,
      ({ name }: CreateNamespaceRequest) => (name ? { name } : {}),
      (namespace, ctx) => ({ namespace: toNamespace(namespace, ctx) }),
    ),
    deleteNamespace: unary(
      deleteNamespace,
      ({ name }: DeleteNamespaceRequest) => ({ namespace: name }),
      () => ({}),
    ),
    setEgress: unary(
      setEgress,
      ({ name, allowed }: SetEgressRequest) => ({ namespace: name, allowed }),
      (namespace, ctx) => ({ namespace: toNamespace(namespace, ctx) }),
    ),
  }) satisfies ServiceImpl<typeof NamespaceService>

type Row = Awaited<ReturnType<typeof listNamespaces>>[number]

const toNamespace = ({ id, name, role, plan, createdAt, egress }: Row, ctx: ControlContext) => ({
  id,
  name,
  role: role.toLowerCase(),
  plan,
  createTime: timestampFromDate(createdAt),
  url: namespaceUrl(ctx.platform.installation, name),
  egress,
})
