import type { Plan, Step } from '../plan.ts'
import { platformDirectory, type SourceTree } from '../tree.ts'

const jar = `${platformDirectory}/service.jar`
/** Of the memory that an instance has; by itself Java takes a quarter. */
const heap = '-XX:MaxRAMPercentage=75'
const gradleFiles = ['build.gradle', 'build.gradle.kts']

export function planJava(tree: SourceTree): Plan | undefined {
  const pom = tree.text('pom.xml')
  if (pom !== undefined) return planMaven(pom)
  const file = gradleFiles.find((path) => tree.files.has(path))
  return file === undefined ? undefined : planGradle(file, tree.text(file) ?? '')
}

const base = { programs: [], env: {}, keep: [platformDirectory] } as const

function planMaven(pom: string): Plan {
  const quarkus = pom.includes('quarkus-maven-plugin')
  const packaged = step('mvn package', ['mvn', '--batch-mode', '--no-transfer-progress', '-DskipTests', 'package'], 'Maven', 'maven')
  const take = quarkus ? copy('target/quarkus-app', `${platformDirectory}/service`) : findJar('target')
  const start = quarkus ? `${platformDirectory}/service/quarkus-run.jar` : jar
  return {
    ...base,
    detected: 'Java (pom.xml)',
    steps: [{ ...packaged, commands: [...packaged.commands, take] }],
    startCommand: ['java', heap, '-jar', start],
    bases: { build: 'maven', run: 'java' },
  }
}

function planGradle(file: string, text: string): Plan {
  const plan = { ...base, detected: `Java (${file})`, bases: { build: 'gradle', run: 'java' } } as const
  const gradle = (task: string) => step(`gradle ${task}`, ['gradle', '--no-daemon', '--console=plain', task], 'Gradle', 'gradle')
  // The plug-in brings the libraries together, in place of one archive with all of them.
  const main = /\bapplication\b/.test(text) ? /\bmainClass(?:Name)?(?:\.set)?\s*[=(]?\s*['"]([\w.$]+)['"]/.exec(text)?.[1] : undefined
  if (main === undefined || /org\.springframework\.boot/.test(text)) {
    const built = gradle('assemble')
    return {
      ...plan,
      steps: [{ ...built, commands: [...built.commands, findJar('build/libs')] }],
      startCommand: ['java', heap, '-jar', jar],
    }
  }
  const built = gradle('installDist')
  const take = [
    'find',
    'build/install',
    '-mindepth',
    '2',
    '-maxdepth',
    '2',
    '-name',
    'lib',
    '-exec',
    'cp',
    '-r',
    '{}',
    `${platformDirectory}/lib`,
    ';',
  ]
  return {
    ...plan,
    steps: [{ ...built, commands: [...built.commands, take] }],
    startCommand: ['java', heap, '-cp', `${platformDirectory}/lib/*`, main],
  }
}

const step = (title: string, command: readonly string[], name: string, debian: string): Step => ({
  title,
  commands: [command],
  missing: `This source needs ${name} and a JDK, which aren't installed on the server. Install them there (Debian: apt install ${debian} default-jdk-headless).`,
})

const copy = (from: string, to: string) => ['cp', '-r', from, to]

/** The archive with the program, not those beside it with sources or without libraries. */
function findJar(folder: string): readonly string[] {
  const others = ['original-*', '*-sources.jar', '*-javadoc.jar', '*-tests.jar', '*-plain.jar'].flatMap((name) => ['!', '-name', name])
  return ['find', folder, '-maxdepth', '1', '-name', '*.jar', ...others, '-exec', 'cp', '{}', jar, ';']
}
