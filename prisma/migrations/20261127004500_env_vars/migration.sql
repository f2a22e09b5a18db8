-- CreateEnum
CREATE TYPE "EnvVarKind" AS ENUM ('PLAIN', 'SECRET');

-- CreateEnum
CREATE TYPE "EnvVarDelivery" AS ENUM ('VARIABLE', 'FILE');

-- AlterTable
ALTER TABLE "Deployment" ALTER COLUMN "sealedEnv" DROP NOT NULL;

-- AlterTable
ALTER TABLE "Release" ADD COLUMN     "variables" JSONB NOT NULL DEFAULT '[]';

-- CreateTable
CREATE TABLE "EnvVar" (
    "ownerId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "namespaceId" TEXT NOT NULL,
    "serviceId" TEXT,
    "kind" "EnvVarKind" NOT NULL,
    "delivery" "EnvVarDelivery" NOT NULL,
    "sealedValue" BYTEA NOT NULL,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "updatedBy" TEXT NOT NULL,

    CONSTRAINT "EnvVar_pkey" PRIMARY KEY ("ownerId","name")
);

-- CreateIndex
CREATE INDEX "EnvVar_namespaceId_idx" ON "EnvVar"("namespaceId");

-- CreateIndex
CREATE INDEX "EnvVar_serviceId_idx" ON "EnvVar"("serviceId");

-- AddForeignKey
ALTER TABLE "EnvVar" ADD CONSTRAINT "EnvVar_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "EnvVar" ADD CONSTRAINT "EnvVar_serviceId_fkey" FOREIGN KEY ("serviceId") REFERENCES "Service"("id") ON DELETE CASCADE ON UPDATE CASCADE;
