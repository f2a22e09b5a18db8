-- CreateEnum
CREATE TYPE "RunKind" AS ENUM ('RELEASE', 'EXEC', 'JOB', 'CRON');

-- CreateEnum
CREATE TYPE "RunState" AS ENUM ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED', 'TIMED_OUT', 'SKIPPED');

-- AlterEnum
ALTER TYPE "DeploymentState" ADD VALUE 'RELEASING';

-- AlterTable
ALTER TABLE "LogChunk" ADD COLUMN     "runId" TEXT;

-- CreateTable
CREATE TABLE "Run" (
    "id" TEXT NOT NULL,
    "namespaceId" TEXT NOT NULL,
    "serviceId" TEXT NOT NULL,
    "releaseId" TEXT NOT NULL,
    "kind" "RunKind" NOT NULL,
    "state" "RunState" NOT NULL DEFAULT 'QUEUED',
    "command" JSONB NOT NULL,
    "timeoutMs" INTEGER NOT NULL,
    "deploymentId" TEXT,
    "cronName" TEXT,
    "dueAt" TIMESTAMP(3),
    "createdById" TEXT,
    "creator" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "startedAt" TIMESTAMP(3),
    "endAs" "RunState",
    "exitedAt" TIMESTAMP(3),
    "exitCode" INTEGER,
    "signal" TEXT,
    "outOfMemory" BOOLEAN NOT NULL DEFAULT false,
    "reason" TEXT,
    "endedAt" TIMESTAMP(3),
    "logCursor" TEXT,

    CONSTRAINT "Run_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "Run_deploymentId_key" ON "Run"("deploymentId");

-- CreateIndex
CREATE INDEX "Run_serviceId_id_idx" ON "Run"("serviceId", "id");

-- CreateIndex
CREATE INDEX "Run_namespaceId_state_idx" ON "Run"("namespaceId", "state");

-- CreateIndex
CREATE UNIQUE INDEX "Run_serviceId_cronName_dueAt_key" ON "Run"("serviceId", "cronName", "dueAt");

-- CreateIndex
CREATE INDEX "LogChunk_runId_id_idx" ON "LogChunk"("runId", "id");

-- AddForeignKey
ALTER TABLE "Run" ADD CONSTRAINT "Run_serviceId_fkey" FOREIGN KEY ("serviceId") REFERENCES "Service"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Run" ADD CONSTRAINT "Run_releaseId_fkey" FOREIGN KEY ("releaseId") REFERENCES "Release"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Run" ADD CONSTRAINT "Run_deploymentId_fkey" FOREIGN KEY ("deploymentId") REFERENCES "Deployment"("id") ON DELETE CASCADE ON UPDATE CASCADE;
