import { expect, test } from 'vitest'
import { parseSource } from './git-source.ts'

const read = (text: string, ref = '', directory = '') => parseSource(text, ref, directory)

test('a repository without anything else is its default branch and root', () => {
  expect(read('github.com/acme/shop')).toEqual({ url: 'https://github.com/acme/shop', ref: null, directory: null, suggestedName: 'shop' })
})

test('a folder and a ref may stand in the address', () => {
  expect(read('github.com/acme/shop/apps/web@v1.2')).toEqual({
    url: 'https://github.com/acme/shop',
    ref: 'v1.2',
    directory: 'apps/web',
    suggestedName: 'web',
  })
})

test('a double slash or .git/ divides repository and folder on any host', () => {
  expect(read('http://git.test:3000/group/sub/repo.git//api')).toMatchObject({
    url: 'http://git.test:3000/group/sub/repo.git',
    directory: 'api',
  })
  expect(read('https://git.test/repo.git/api')).toMatchObject({ url: 'https://git.test/repo.git', directory: 'api' })
})

test('fields of the form win over the address', () => {
  expect(read('github.com/acme/shop/a@main', 'next', '/b/')).toMatchObject({ ref: 'next', directory: 'b', suggestedName: 'b' })
})

test('a suggested name is one that a service may have', () => {
  expect(read('github.com/acme/My_Shop.git').suggestedName).toBe('my-shop')
  expect(read('github.com/acme/1-2-go').suggestedName).toBe('go')
  expect(read('github.com').suggestedName).toBe('')
})
