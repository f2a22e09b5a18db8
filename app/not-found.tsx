import { MessagePage } from './components/shell/message-page.tsx'
import { LinkButton } from './components/ui/button.tsx'

export default function NotFound() {
  return (
    <MessagePage
      title="There is nothing here"
      actions={
        <LinkButton href="/" tone="primary">
          Go to your services
        </LinkButton>
      }
    >
      The page, namespace or service does not exist, or you are not a member of the namespace that it belongs to.
    </MessagePage>
  )
}
