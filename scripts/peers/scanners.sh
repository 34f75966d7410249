#!/usr/bin/env bash
# Puts the scanners that model-ci is compared with into .peers, each in an environment of its own.
set -euo pipefail
cd "$(dirname "$0")/../.."

. scripts/peers/install.sh

install picklescan 'picklescan[7z]==1.0.5'
install modelscan modelscan==0.8.8
# fickling imports typing_extensions on Python before 3.12 and does not say so.
install fickling fickling==0.1.12 typing_extensions==4.15.0
install modelaudit modelaudit==0.2.54
