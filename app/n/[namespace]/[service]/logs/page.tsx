import { ServiceLogs } from '../../../../components/log/service-logs.tsx'

export default function LogsPage() {
  return <ServiceLogs />
}
