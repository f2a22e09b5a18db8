import { afterAll, beforeAll, expect, test } from 'vitest'
import { basesTimeoutMs, requireBases } from '../../testing/base-images.ts'
import { type BuildRequest, buildFiles, removeDirectory, temporaryDirectory } from '../../testing/builds.ts'
import { answersOf, removeImages, testImageBuilder } from '../../testing/image-builder.ts'

let root: string
beforeAll(async () => {
  root = await temporaryDirectory('micro-kinds-')
  await requireBases('debian', 'node', 'python', 'go', 'rust', 'java', 'maven', 'gradle')
}, 3 * basesTimeoutMs)
afterAll(async () => {
  await removeImages('ns_kinds')
  await removeDirectory(root)
})

async function answer(files: BuildRequest['files'], ...paths: string[]) {
  const request = { files, namespace: 'ns_kinds', limits: { timeoutMs: 200_000 } }
  const { artifact, log } = await buildFiles(testImageBuilder(root), root, request)
  return { artifact, log, answers: await answersOf(artifact, '/', ...paths) }
}

const slow = { timeout: 250_000 }
const java = (body: string) => `package hello;
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
public class Main {
  public static void main(String[] arguments) throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress(Integer.parseInt(System.getenv("PORT"))), 0);
    server.createContext("/", exchange -> {
      byte[] body = "${body}".getBytes();
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    });
    server.start();
  }
}
`

test('Go is a program on Debian, far below 30 MB', slow, async () => {
  const { artifact, answers } = await answer({
    'go.mod': 'module example.com/hello\n\ngo 1.21\n',
    'main.go':
      'package main\n\nimport (\n\t"net/http"\n\t"os"\n)\n\nfunc main() {\n\thttp.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("go")) })\n\thttp.ListenAndServe(":"+os.Getenv("PORT"), nil)\n}\n',
  })
  expect(answers).toEqual(['go'])
  expect(artifact.sizeBytes).toBeLessThan(30e6)
})

test('Rust is a program on Debian, far below 30 MB', slow, async () => {
  const { artifact, answers } = await answer({
    'Cargo.toml': '[package]\nname = "hello"\nversion = "0.1.0"\nedition = "2021"\n',
    'src/main.rs': `use std::io::{Read, Write};
fn main() {
    let listener = std::net::TcpListener::bind(format!("0.0.0.0:{}", std::env::var("PORT").unwrap())).unwrap();
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        let mut request = [0; 1024];
        let _ = stream.read(&mut request);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\\r\\ncontent-length: 4\\r\\nconnection: close\\r\\n\\r\\nrust");
    }
}
`,
  })
  expect(answers).toEqual(['rust'])
  expect(artifact.sizeBytes).toBeLessThan(30e6)
})

test('Java by Maven', slow, async () => {
  const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>hello</groupId><artifactId>hello</artifactId><version>1</version>
<properties><maven.compiler.source>17</maven.compiler.source><maven.compiler.target>17</maven.compiler.target></properties>
<build><plugins><plugin><artifactId>maven-jar-plugin</artifactId><version>3.4.2</version><configuration><archive><manifest><mainClass>hello.Main</mainClass></manifest></archive></configuration></plugin></plugins></build></project>`
  const { answers } = await answer({ 'pom.xml': pom, 'src/main/java/hello/Main.java': java('maven') })
  expect(answers).toEqual(['maven'])
})

test('Java by Gradle', slow, async () => {
  const gradle = "plugins { id 'java' }\njar { manifest { attributes 'Main-Class': 'hello.Main' } }\n"
  const { answers } = await answer({ 'build.gradle': gradle, 'src/main/java/hello/Main.java': java('gradle') })
  expect(answers).toEqual(['gradle'])
})

test('Python with packages is mounted over them', slow, async () => {
  const { artifact, answers, log } = await answer({
    'requirements.txt': 'flask==3.1.0\n',
    'app.py': 'from flask import Flask\napp = Flask(__name__)\n\n@app.get("/")\ndef home():\n    return "flask"\n',
  })
  expect(answers).toEqual(['flask'])
  expect(artifact.mount).toBeDefined()
  expect(log[0]).toBe('==> Python (requirements.txt) detected')
})

test('a front end is built by Vite, and only its pages are kept', slow, async () => {
  const json = { private: true, type: 'module', scripts: { build: 'vite build' }, devDependencies: { vite: '6.0.7' } }
  const { artifact, answers } = await answer(
    {
      'package.json': JSON.stringify(json),
      'index.html': '<!doctype html><title>front end</title><script type="module" src="/src/main.js"></script>',
      'src/main.js': 'document.body.textContent = "built"',
    },
    '/users/7',
  )
  expect(answers).toEqual([expect.stringContaining('<title>front end</title>'), expect.stringContaining('/assets/')])
  expect(artifact.sizeBytes).toBeLessThan(1e6)
})

test('npm workspaces are installed and built together', slow, async () => {
  const files = {
    'package.json': JSON.stringify({ private: true, workspaces: ['packages/*'], scripts: { start: 'node packages/api/server.js' } }),
    'packages/core/package.json': JSON.stringify({ name: '@hello/core', version: '1.0.0', main: 'index.js' }),
    'packages/core/index.js': 'module.exports = "workspaces"',
    'packages/api/package.json': JSON.stringify({ name: '@hello/api', version: '1.0.0', dependencies: { '@hello/core': '1.0.0' } }),
    'packages/api/server.js': 'require("http").createServer((_, r) => r.end(require("@hello/core"))).listen(process.env.PORT)',
  }
  expect((await answer(files)).answers).toEqual(['workspaces'])
})
