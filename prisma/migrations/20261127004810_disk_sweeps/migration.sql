-- CreateEnum
CREATE TYPE "SweepState" AS ENUM ('QUEUED', 'RUNNING', 'DONE', 'FAILED');

-- AlterTable
ALTER TABLE "Release" ADD COLUMN     "sweptAt" TIMESTAMP(3);

-- CreateTable
CREATE TABLE "DiskSweep" (
    "id" TEXT NOT NULL,
    "state" "SweepState" NOT NULL DEFAULT 'QUEUED',
    "requestedBy" TEXT NOT NULL,
    "dryRun" BOOLEAN NOT NULL,
    "keepReleases" INTEGER NOT NULL,
    "caches" BOOLEAN NOT NULL,
    "parts" JSONB NOT NULL DEFAULT '[]',
    "freeBytes" BIGINT,
    "totalBytes" BIGINT,
    "error" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "endedAt" TIMESTAMP(3),

    CONSTRAINT "DiskSweep_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "DiskSweep_state_idx" ON "DiskSweep"("state");
