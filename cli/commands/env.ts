export { default } from './env/list.ts'
