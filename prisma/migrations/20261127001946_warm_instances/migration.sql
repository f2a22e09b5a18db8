-- AlterEnum
ALTER TYPE "InstanceState" ADD VALUE 'WARM';

-- AlterTable
ALTER TABLE "Instance" ADD COLUMN     "warmUntil" TIMESTAMP(3);
