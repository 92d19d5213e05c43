"""Tables of appointments. The primary key of `appointment_cells` is what makes double booking impossible."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store import Base, UtcDateTime


class AppointmentRow(Base):
    """A hold (`state` held, no number) that may become an appointment (booked) and end cancelled.

    `holder` repeats the citizen while the row is a hold and is empty later: its uniqueness allows one hold a citizen.
    """

    __tablename__ = "appointments"
    __table_args__ = (Index("ix_appointments_centre_id_start_at", "centre_id", "start_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[str | None] = mapped_column(String(20), unique=True)
    citizen_id: Mapped[str] = mapped_column(String(36), index=True)
    holder: Mapped[str | None] = mapped_column(String(36), unique=True)
    service_id: Mapped[str] = mapped_column(String(60))
    centre_id: Mapped[str] = mapped_column(String(60))
    window: Mapped[int] = mapped_column(Integer)
    start_at: Mapped[datetime] = mapped_column(UtcDateTime)
    end_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(12))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    person_sealed: Mapped[str | None] = mapped_column(Text)


class CellRow(Base):
    """Five minutes of one window, taken by one hold or appointment."""

    __tablename__ = "appointment_cells"

    centre_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    start_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    window: Mapped[int] = mapped_column(Integer, primary_key=True)
    appointment_id: Mapped[str] = mapped_column(ForeignKey("appointments.id", ondelete="CASCADE"), index=True)
