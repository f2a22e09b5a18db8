import { randomInt } from 'node:crypto'
import { NamespaceName } from '../../lib/names.ts'

const adjectives =
  'able amber brave bright calm clever cosmic crisp daring eager early fancy fast fond gentle glad golden grand happy humble jolly keen kind lively lucky mellow merry mighty misty neat nimble noble polite proud quick quiet rapid ready royal shiny silent silver simple smart snowy solid sunny super swift tidy tiny vivid warm wild wise witty young zesty'.split(
    ' ',
  )
const nouns =
  'ant badger bear beaver bee bison cat cobra crab crane crow deer dingo dove eagle egret elk emu falcon ferret finch fox frog gecko goat goose hawk hare heron horse ibex jay koala lemur lion llama lynx mole moose moth mouse newt okapi orca otter owl panda parrot pony puffin quail rabbit raven robin seal shark sloth snail stork swan tapir tiger toad trout turtle viper walrus whale wolf wombat wren yak zebra'.split(
    ' ',
  )

/** Such as brave-otter-42; readable, and rarely taken: the caller tries again when it is. */
export function generateNamespaceName(): NamespaceName {
  const pick = (words: string[]) => words[randomInt(words.length)] ?? 'micro'
  return NamespaceName.parse(`${pick(adjectives)}-${pick(nouns)}-${randomInt(10, 1000)}`)
}
