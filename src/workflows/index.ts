export { rotateBatch } from './rotate-batch.ts';
export { rotatePassword } from './rotate-password.ts';
