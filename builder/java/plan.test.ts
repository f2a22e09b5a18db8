import { expect, test } from 'vitest'
import { treeOf } from '../../testing/source-tree.ts'
import { planJava } from './plan.ts'

const commands = (files: Record<string, string>) => planJava(treeOf(files))?.steps.flatMap((step) => step.commands)

test('Maven packages, and the archive with the program is taken', () => {
  const files = { 'pom.xml': '<project></project>' }
  expect(planJava(treeOf(files))).toMatchObject({
    detected: 'Java (pom.xml)',
    startCommand: ['java', '-XX:MaxRAMPercentage=75', '-jar', '.micro/service.jar'],
    bases: { build: 'maven', run: 'java' },
    keep: ['.micro'],
  })
  expect(commands(files)?.[0]).toEqual(['mvn', '--batch-mode', '--no-transfer-progress', '-DskipTests', 'package'])
  expect(commands(files)?.[1]?.slice(0, 2)).toEqual(['find', 'target'])
})

test('Quarkus keeps its libraries beside the archive', () => {
  const plan = planJava(treeOf({ 'pom.xml': '<artifactId>quarkus-maven-plugin</artifactId>' }))
  expect(plan?.startCommand).toContain('.micro/service/quarkus-run.jar')
})

test('Gradle assembles an archive', () => {
  const plan = planJava(treeOf({ 'build.gradle': "plugins { id 'java' }" }))
  expect(plan?.startCommand).toEqual(['java', '-XX:MaxRAMPercentage=75', '-jar', '.micro/service.jar'])
  expect(commands({ 'build.gradle': '' })?.[0]).toEqual(['gradle', '--no-daemon', '--console=plain', 'assemble'])
})

test.each([
  ["plugins { id 'application' }\napplication { mainClass = 'hello.Main' }"],
  ['plugins { application }\napplication { mainClass.set("hello.Main") }'],
  ["apply plugin: 'application'\nmainClassName = 'hello.Main'"],
])('the plug-in for applications brings libraries together: %s', (text) => {
  const plan = planJava(treeOf({ 'build.gradle': text }))
  expect(plan?.startCommand).toEqual(['java', '-XX:MaxRAMPercentage=75', '-cp', '.micro/lib/*', 'hello.Main'])
  expect(plan?.steps[0]?.title).toBe('gradle installDist')
})

test('Spring Boot makes one archive of everything', () => {
  const text = "plugins { id 'org.springframework.boot' version '3.5.0'\n id 'application' }\napplication { mainClass = 'x.Y' }"
  expect(planJava(treeOf({ 'build.gradle': text }))?.startCommand).toContain('.micro/service.jar')
})
