import { ReleaseList } from '../../../../components/service/release-list.tsx'

export default function ReleasesPage() {
  return <ReleaseList />
}
