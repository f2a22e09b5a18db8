import { MessagePage } from './components/shell/message-page.tsx'
import { LinkButton } from './components/ui/button.tsx'

export default function Forbidden() {
  return (
    <MessagePage title="Your role does not allow this" actions={<LinkButton href="/">Go to your services</LinkButton>}>
      Ask an owner or admin of the namespace for a role that does.
    </MessagePage>
  )
}
