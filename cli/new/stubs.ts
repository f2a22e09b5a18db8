import { toBinary } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import { extents, fileDescriptor } from './descriptor.ts'
import { goString, pythonBytes } from './literals.ts'
import type { Language, ServiceNames } from './names.ts'

/**
 * What the generated stubs of a language say differently for each service, by placeholder. The stubs in `cli/templates` are what
 * protoc-gen-es, grpcio-tools, protoc-gen-go and protoc-gen-go-grpc made, with placeholders where a name or the descriptor shows.
 */
export const stubValues: Record<Language, (names: ServiceNames) => Record<string, string>> = {
  typescript: typescriptValues,
  python: pythonValues,
  go: goValues,
}

function typescriptValues(names: ServiceNames): Record<string, string> {
  const bytes = toBinary(FileDescriptorProtoSchema, fileDescriptor(names))
  const values: Record<string, string> = {
    tsService: typescriptReserved.has(names.type) ? `${names.type}$` : names.type,
    descriptorBase64: Buffer.from(bytes).toString('base64').replace(/=+$/, ''),
  }
  for (const imported of typescriptImports) {
    const clashes = imported === names.type
    values[imported] = clashes ? `${imported}$1` : imported
    values[`import${imported}`] = clashes ? `${imported} as ${imported}$1` : imported
  }
  return values
}

/** Of the names that protoc-gen-es puts a `$` behind, those that a service's type can have. */
const typescriptReserved: ReadonlySet<string> = new Set(['Object', 'Partial'])
/** Types that the stub imports: it renames its import when the service has the same name. */
const typescriptImports = ['GenFile', 'GenMessage', 'GenService', 'Message']

function pythonValues(names: ServiceNames): Record<string, string> {
  const file = fileDescriptor(names)
  const values: Record<string, string> = {
    typeUpper: names.type.toUpperCase(),
    descriptorPython: pythonBytes(toBinary(FileDescriptorProtoSchema, file)),
  }
  for (const { name, start, end } of extents(file)) {
    const part = name === names.type ? 'Service' : name
    values[`startOf${part}`] = String(start)
    values[`endOf${part}`] = String(end)
  }
  return values
}

function goValues(names: ServiceNames): Record<string, string> {
  const file = fileDescriptor(names, { goPackage: `example/${names.name}/pb`, jsonNames: true })
  // gofmt puts an empty body on the line of its method unless that is long, and aligns it with the body of the method below.
  const fitsOnLine = `func (Unimplemented${names.type}Server) mustEmbedUnimplemented${names.type}Server()`.length <= 100
  return {
    descriptorGo: goString(toBinary(FileDescriptorProtoSchema, file)),
    typeUnexported: names.type.charAt(0).toLowerCase() + names.type.slice(1),
    mustEmbedBody: fitsOnLine ? '{}' : '{\n}',
    testEmbeddedPadding: ' '.repeat(fitsOnLine ? names.type.length + 10 : 1),
  }
}
