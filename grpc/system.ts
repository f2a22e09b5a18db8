import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import type { ServiceImpl } from '@connectrpc/connect'
import { getSweep } from '../control/disk/get.ts'
import { requestSweep } from '../control/disk/request.ts'
import { type SweepView, sweepView } from '../control/disk/view.ts'
import type { GetSweepRequest, RequestSweepRequest, SystemService } from '../gen/proto/micro/system/v1/system_pb.ts'
import type { Rpcs } from './rpc.ts'

export const systemService = ({ unary }: Rpcs) =>
  ({
    requestSweep: unary(
      requestSweep,
      ({ dryRun, caches, keepReleases }: RequestSweepRequest) => ({ dryRun, caches, keepReleases }),
      (sweep) => ({ sweep: toSweep(sweepView(sweep)) }),
    ),
    getSweep: unary(
      getSweep,
      ({ id }: GetSweepRequest) => ({ id }),
      (sweep) => ({ sweep: toSweep(sweepView(sweep)) }),
    ),
  }) satisfies ServiceImpl<typeof SystemService>

const toSweep = ({ state, places, freeBytes, totalBytes, createdAt, endedAt, ...sweep }: SweepView) => ({
  ...sweep,
  state: state.toLowerCase(),
  error: sweep.error ?? '',
  places: places.map(({ name, bytes, freedBytes }) => ({ name, bytes: BigInt(bytes), freedBytes: BigInt(freedBytes) })),
  freeBytes: BigInt(freeBytes ?? 0),
  totalBytes: BigInt(totalBytes ?? 0),
  createTime: timestampFromDate(createdAt),
  ...(endedAt ? { endTime: timestampFromDate(endedAt) } : {}),
})
