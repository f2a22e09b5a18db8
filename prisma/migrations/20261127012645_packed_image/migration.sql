-- AlterTable
ALTER TABLE "Release" ADD COLUMN     "packedImage" TEXT;
