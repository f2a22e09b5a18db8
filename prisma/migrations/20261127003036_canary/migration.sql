-- AlterEnum
ALTER TYPE "DeploymentState" ADD VALUE 'CANARY';

-- AlterTable
ALTER TABLE "Deployment" ADD COLUMN     "canaryBaseline" JSONB,
ADD COLUMN     "canaryStartedAt" TIMESTAMP(3);

-- AlterTable
ALTER TABLE "Router" ADD COLUMN     "trafficSequence" BIGINT NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "ReleaseTraffic" (
    "releaseId" TEXT NOT NULL,
    "requests" BIGINT NOT NULL,
    "errors" BIGINT NOT NULL,
    "latencyBuckets" BIGINT[],

    CONSTRAINT "ReleaseTraffic_pkey" PRIMARY KEY ("releaseId")
);

-- AddForeignKey
ALTER TABLE "ReleaseTraffic" ADD CONSTRAINT "ReleaseTraffic_releaseId_fkey" FOREIGN KEY ("releaseId") REFERENCES "Release"("id") ON DELETE CASCADE ON UPDATE CASCADE;
