"""Lists of devices that Intune, Jamf, Fleet and osquery export: what each column says of a device.

A target with the name of a fact is that fact. Sizes have a target for each unit in which some
program writes them. A column that nothing here names is kept as a fact of the file, under `x_`.
"""

from __future__ import annotations

import re

from scanner_app.domain.imports.kind import Holds, KindFacts, header_keys, make_target
from scanner_app.domain.lifecycle.facts import MAX_FACT_VALUE, OTHER_PREFIX

MAX_NAME = 38  # of a fact, after its prefix
GIGA, MEGA, KIBI = 10**9, 2**20, 1024

TARGETS = (
    make_target("serial", "Serial number", "Serial", "SerialNumber", "hardware_serial",
                "Serial No.", "Service Tag"),
    make_target("asset_tag", "Asset Tag", "Tag"),
    make_target("observed_at", "Last check-in", "Last contact", "LastContact", "seen_time",
                "Last seen", "LastSyncDateTime", "Last sync", "Observed at", holds=Holds.DATE),
    make_target("os", "OS", "Operating System", "OperatingSystem", "platform",
                "Operating System Name"),
    make_target("os_version", "OS version", "OSVersion", "Operating System Version"),
    make_target("edition", "Edition", "SkuFamily", "SKU Family"),
    make_target("patched_on", "Patched", "Patched on", "Security patch level",
                "AndroidPatchLevel", "Android patch level"),
    make_target("encrypted", "Encrypted", "IsEncrypted", "EncryptionStatusString",
                "Encryption status", "FileVault 2 Status", "FileVault Status",
                "disk_encryption_enabled", "Disk encrypted"),
    make_target("antivirus_on", "Antivirus on", "Antivirus", "Antivirus enabled"),
    make_target("firewall_on", "Firewall on", "Firewall Enabled", "Firewall"),
    make_target("compliant", "Compliant", "Compliance", "CompliantState", "Compliance state",
                "ComplianceState"),
    make_target("memory_bytes", "Memory", "physical_memory", "Memory bytes", "RAM"),
    make_target("memory_mb", "Total RAM MB", "PhysicalMemoryInMB"),
    make_target("disk_bytes", "Disk", "Disk bytes", "TotalStorageSpaceInBytes"),
    make_target("disk_mb", "Drive Capacity MB", "Boot Drive Capacity MB"),
    make_target("disk_gb", "gigs_total_disk_space"),
    make_target("storage_total", "Total storage", "StorageTotal"),
    make_target("storage_free", "Free storage", "StorageFree"),
    make_target("disk_free_percent", "Disk free", "percent_disk_space_available",
                "Disk free percent"),
    make_target("disk_full_percent", "Boot Drive Percentage Full"),
    make_target("battery_percent", "Battery health", "Battery percent"),
    make_target("battery_full", "max_capacity"),
    make_target("battery_design", "designed_capacity"),
    make_target("battery_cycles", "Battery cycles", "cycle_count", "Battery Cycle Count"),
    make_target("cpu_percent", "Processor load", "cpu_percent"),
    make_target("boot_seconds", "Start", "boot_seconds"),
    make_target("crashes", "Crashes"),
    make_target("cores", "Cores", "Total Number of Cores", "cpu_physical_cores"),
)  # fmt: skip

# What the register says better itself, and who uses the device.
LEFT_OUT = header_keys(
    ("Device name", "DeviceName", "Computer Name", "computer_name", "hostname", "display_name",
     "display_text", "Name", "Manufacturer", "Make", "hardware_vendor", "Model", "hardware_model",
     "Model Identifier", "hardware_version", "Primary user UPN", "Primary user email address",
     "Primary user display name", "UserPrincipalName", "UPN", "UserName", "UserEmail", "Username",
     "User", "Full Name", "Email Address", "Email", "Phone number", "PhoneNumber", "Department",
     "Building", "Room", "Position", "device_mapping", "Notes", "id", "uuid", "UDID", "host_uuid",
     "created_at", "updated_at", "label_updated_at", "policy_updated_at", "detail_updated_at",
     "refetch_requested", "primary_ip_id", "team_id", "distributed_interval",
     "config_tls_refresh", "logger_tls_period", "status")
)  # fmt: skip

FACTS = KindFacts(
    label="Devices",
    one="Device",
    icon="antenna",
    link="/assets",
    order=7,
    row_means="what monitoring says of a device that is an asset here",
    known_by="its asset tag, else its serial number",
    targets=TARGETS,
    required=(("serial", "asset_tag"),),
    left_out=LEFT_OUT,
    export_headers=("Asset Tag", "Serial number", "Last check-in", "OS", "OS version", "Encrypted"),
    keeps_custom=True,
)

# Who says it, by what its file is called in `known_files`.
SOURCES = {
    "devices of Intune": "intune",
    "computers of Jamf": "jamf",
    "hosts of Fleet": "fleet",
    "devices of osquery": "osquery",
}


def name_other(header: str) -> str:
    """Return the name of the fact that a column without a meaning becomes: `x_wi_fi_mac`."""
    plain = re.sub(r"[^a-z0-9]+", "_", header.casefold()).strip("_")
    if not plain[:1].isalpha():
        plain = f"c_{plain}"
    return f"{OTHER_PREFIX}{plain[:MAX_NAME].rstrip('_')}"


def fits(text: str) -> bool:
    """Return whether a text may be the value of a fact."""
    return 0 < len(" ".join(text.split())) <= MAX_FACT_VALUE
