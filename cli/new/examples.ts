import { type GeneratedFile, generateService } from './generate.ts'

/** The files of each folder in `examples` that `micro new` generates. */
export const generatedExamples = (): Record<string, GeneratedFile[]> => ({
  helloworld: generateService({ name: 'helloworld', lang: 'typescript', template: 'rpc' }),
  'hello-http': generateService({ name: 'hello-http', lang: 'typescript', template: 'http' }),
  'hello-python': generateService({ name: 'hello-python', lang: 'python', template: 'rpc' }),
  'hello-go': generateService({ name: 'hello-go', lang: 'go', template: 'http' }),
})
